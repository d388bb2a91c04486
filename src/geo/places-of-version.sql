SELECT country, province, carrier FROM geo_region WHERE version = {version:UInt32} ORDER BY region
