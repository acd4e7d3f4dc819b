-- The old conference system: one database per customer. Its owner alters these tables; a migration of this project adds one index.
-- Its keys were CHAR(8); PostgreSQL would pad those with spaces, so the move here made them varchar.

CREATE TABLE confrnce (
    cfcnf varchar(8) NOT NULL,
    cfname varchar(100),
    sponsor varchar(20),
    active boolean,
    "date" date,
    dateend date,
    confattend numeric(5, 0),
    cityid varchar(6),
    created_at timestamp with time zone,
    updated_at timestamp with time zone,
    PRIMARY KEY (cfcnf)
);

CREATE INDEX confrnce_sponsor ON confrnce (sponsor);

-- Conditional: a conference without a date is never looked up by it.
CREATE INDEX confrnce_date ON confrnce ("date") WHERE "date" IS NOT NULL;

INSERT INTO confrnce
    (cfcnf, cfname, sponsor, active, "date", dateend, confattend, cityid, created_at, updated_at)
VALUES
    ('TIDES19', 'Tides and Estuaries 2019', 'ESHT', true, '2019-09-02', '2019-09-05', 412, 'CHGVA', '2018-10-01 09:00:00+00', '2019-09-20 16:31:44+00'),
    ('ESHT24', 'Standing Assembly on Water', 'ESHT', true, '2024-01-01', '2099-12-31', NULL, 'NLRTM', '2023-05-17 11:12:13+00', NULL),
    ('BOTANY97', 'Flore alpine : herbier d''été 2097', 'SOCBOT', true, '2097-07-10', '2097-07-12', 0, NULL, '2024-02-29 07:00:00+00', NULL),
    ('DRAFT98', 'Unannounced', NULL, false, '2098-03-01', NULL, NULL, NULL, NULL, NULL),
    ('OLD-1', NULL, 'GONE', NULL, NULL, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE people (
    pid integer NOT NULL,
    firstnm varchar(50),
    lastnm varchar(50),
    emailaddr varchar(254),
    cntry varchar(2),
    PRIMARY KEY (pid)
);

CREATE INDEX people_lastnm ON people (lastnm);

INSERT INTO people
    (pid, firstnm, lastnm, emailaddr, cntry)
VALUES
    (123823, 'Sarah', 'Okonkwo', 'sarah.okonkwo@tides.example', 'NG'),
    (123824, 'Søren', 'Brandt-Nielsen', 'soren@brandt.example', 'DK'),
    (124001, '美咲', '佐藤', NULL, 'JP'),
    (124002, NULL, 'Anonymous', NULL, NULL);

CREATE TABLE cstmflds (
    fldid integer NOT NULL,
    cfcnf varchar(8),
    "key" varchar(30),
    "group" varchar(30),
    "order" smallint,
    fldlabel varchar(150),
    fldreqd boolean,
    PRIMARY KEY (fldid)
);

CREATE INDEX cstmflds_cfcnf ON cstmflds (cfcnf);

INSERT INTO cstmflds
    (fldid, cfcnf, "key", "group", "order", fldlabel, fldreqd)
VALUES
    (1, 'ESHT24', 'diet', 'meals', 1, 'Dietary needs', false),
    (2, 'ESHT24', 'boat', 'excursions', 2, 'Joins the boat trip?', true),
    (3, 'BOTANY97', 'badge', NULL, NULL, NULL, NULL);

CREATE TABLE abstract (
    absid integer NOT NULL,
    cfcnf varchar(8),
    abstitle varchar(255),
    abstext text,
    absstat varchar(1),
    subdate timestamp with time zone,
    PRIMARY KEY (absid)
);

CREATE INDEX abstract_cfcnf ON abstract (cfcnf);

INSERT INTO abstract
    (absid, cfcnf, abstitle, abstext, absstat, subdate)
VALUES
    (9001, 'ESHT24', 'Salt wedges in a dredged estuary', 'Twelve years of moorings; the wedge moves 3 km inland.', 'A', '2024-03-01 18:20:00+00'),
    (9002, 'ESHT24', 'Reading old tide gauges', NULL, 'S', '2024-03-02 07:05:31+00'),
    (9003, NULL, NULL, NULL, NULL, NULL);

CREATE TABLE absauth (
    absid integer NOT NULL,
    pid integer NOT NULL,
    authord smallint,
    presntr boolean,
    affil varchar(120),
    PRIMARY KEY (absid, pid)
);

CREATE INDEX absauth_pid ON absauth (pid);

INSERT INTO absauth
    (absid, pid, authord, presntr, affil)
VALUES
    (9001, 123823, 1, true, 'University of Lagos'),
    (9001, 123824, 2, false, NULL),
    (9002, 124001, NULL, NULL, '東京大学');
