DROP INDEX albums_by_year;
DROP INDEX albums_by_type;
DROP INDEX artists_by_country;
