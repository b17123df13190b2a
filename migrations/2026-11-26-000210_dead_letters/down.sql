DROP TABLE dead_letter_positions;
DROP TABLE dead_letters;
