DROP INDEX users_newest, users_by_username, users_by_email, users_by_display_name;
