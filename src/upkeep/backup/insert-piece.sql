INSERT INTO /*table*/ (/*columns*/) FORMAT Native
