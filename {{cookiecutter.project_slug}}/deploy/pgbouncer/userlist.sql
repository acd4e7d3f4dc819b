-- The line of userlist.txt for the psql variable "user".
SELECT format('"%s" "%s"', usename, passwd) FROM bouncer.get_auth(:'user');
