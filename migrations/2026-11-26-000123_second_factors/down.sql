DROP TABLE one_time_links, second_factors;
