DROP TABLE reports;
DROP TABLE takedowns;
