-- A table of a million rows, and others too large to be read whole.
create table customers (id int primary key, name varchar(40) not null);
insert into customers select n, 'customer ' || n from (with recursive s(n) as (select 1 union all select n + 1 from s where n < 1000) select n from s);
create table events (id int primary key, customer_id int not null references customers, code varchar(20) not null, kind varchar(10) not null, note text);
insert into events select n, 1 + n % 1000, 'C' || n, 'kind ' || (n % 7), printf('%.200c', 'x') from (with recursive s(n) as (select 1 union all select n + 1 from s where n < 1000000) select n from s);
create index events_code on events (code);
create index events_customer on events (customer_id);
create table pairs (a int, b int, v varchar(10) not null, primary key (a, b));
insert into pairs select n / 1000, n % 1000, 'v' || n from (with recursive s(n) as (select 1 union all select n + 1 from s where n < 110000) select n from s);
create table bag (x int, y varchar(10));
insert into bag select n, 'y' || n from (with recursive s(n) as (select 1 union all select n + 1 from s where n < 110000) select n from s);
create view recent as select id, code from events;
