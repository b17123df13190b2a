DROP INDEX users_by_time;
