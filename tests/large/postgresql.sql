-- A table of a million rows, and others too large to be read whole.
create table customers (id int primary key, name varchar(40) not null);
insert into customers select n, 'customer ' || n from generate_series(1, 1000) n;
create table events (id int primary key, customer_id int not null references customers, code varchar(20) not null, kind varchar(10) not null, note text);
insert into events select n, 1 + n % 1000, 'C' || n, 'kind ' || (n % 7), repeat('x', 200) from generate_series(1, 1000000) n;
create index events_code on events (code);
create index events_customer on events (customer_id);
create table pairs (a int, b int, v varchar(10) not null, primary key (a, b));
insert into pairs select n / 1000, n % 1000, 'v' || n from generate_series(1, 110000) n;
create table bag (x int, y varchar(10));
insert into bag select n, 'y' || n from generate_series(1, 110000) n;
create view recent as select id, code from events;
analyze;
