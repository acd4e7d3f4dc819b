-- What PgBouncer needs to ask PostgreSQL for its clients' passwords. As a superuser, on the primary:
--
--     psql --set ON_ERROR_STOP=1 --file auth_query.sql
--
-- Safe to repeat. The user "bouncer" can log in once it has a password (README.md).

SELECT 'CREATE ROLE bouncer LOGIN'
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = 'bouncer') \gexec

SELECT 'CREATE DATABASE bouncer_auth'
WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_database WHERE datname = 'bouncer_auth') \gexec

\connect bouncer_auth

CREATE SCHEMA IF NOT EXISTS bouncer;

-- SECURITY DEFINER: it reads with its owner's rights, so "bouncer" needs none on pg_authid. It answers
-- only for members of one role, which is that of the project's accounts, and for no superuser: nobody
-- else comes in through the pooler. An expired password is no password.
CREATE OR REPLACE FUNCTION bouncer.get_auth(p_user text)
RETURNS TABLE (usename name, passwd text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS
$$
    SELECT rolname, CASE WHEN rolvaliduntil < now() THEN NULL ELSE rolpassword END
    FROM pg_catalog.pg_authid AS client
    WHERE rolname = p_user AND rolcanlogin AND NOT rolsuper AND EXISTS (
        SELECT FROM pg_catalog.pg_auth_members AS m
        JOIN pg_catalog.pg_authid AS held ON held.oid = m.roleid
        WHERE m.member = client.oid AND held.rolname = '{{ cookiecutter.project_slug }}_clients'
    )
$$;

REVOKE ALL ON FUNCTION bouncer.get_auth(text) FROM PUBLIC;
REVOKE ALL ON SCHEMA bouncer FROM PUBLIC;
GRANT USAGE ON SCHEMA bouncer TO bouncer;
GRANT EXECUTE ON FUNCTION bouncer.get_auth(text) TO bouncer;
