DROP INDEX preferences_findable;
