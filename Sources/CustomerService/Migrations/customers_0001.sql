CREATE TABLE x(y int);
