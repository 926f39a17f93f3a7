drop table checkpoints;
drop table leases;
drop table members;
drop table subscriptions;
