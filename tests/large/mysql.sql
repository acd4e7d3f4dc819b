-- A table of a million rows, and others too large to be read whole.
create table customers (id int primary key, name varchar(40) not null);
insert into customers select n, concat('customer ', n) from (select seq n from seq_1_to_1000) s;
create table events (id int primary key, customer_id int not null references customers(id), code varchar(20) not null, kind varchar(10) not null, note text);
insert into events select n, 1 + n % 1000, concat('C', n), concat('kind ', n % 7), repeat('x', 200) from (select seq n from seq_1_to_1000000) s;
create index events_code on events (code);
create index events_customer on events (customer_id);
create table pairs (a int, b int, v varchar(10) not null, primary key (a, b));
insert into pairs select n div 1000, n % 1000, concat('v', n) from (select seq n from seq_1_to_110000) s;
create table bag (x int, y varchar(10));
insert into bag select n, concat('y', n) from (select seq n from seq_1_to_110000) s;
create view recent as select id, code from events;
analyze table customers, events, pairs, bag;
