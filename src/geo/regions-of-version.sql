SELECT toUInt64(region) AS region, country, province, carrier FROM /*database*/.geo_region WHERE version = /*version*/
