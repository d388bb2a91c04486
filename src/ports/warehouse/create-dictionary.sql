CREATE OR REPLACE DICTIONARY /*name*/ (/*columns*/)
PRIMARY KEY /*key*/
SOURCE(CLICKHOUSE(/*source*/))
LAYOUT(/*layout*/)
LIFETIME(0)
