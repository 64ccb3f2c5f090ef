-- The index that keeps a number for one user of a tenant holds numbers alone. Before, it held every
-- user, and while the planner had no statistics it could be taken for the index of users: a fresh
-- database then read all users of a tenant for each login. It is smaller besides.
--
-- An exclusion, since a unique constraint can be deferred or partial but not both. One batch may
-- take a number from one user and give it to another, so it is deferred.
alter table twofactor.users drop constraint users_number_serves_one;
alter table twofactor.users add constraint users_number_serves_one
    exclude (number_lookup with =, tenant_id with =) where (number_lookup is not null)
    deferrable initially deferred;
