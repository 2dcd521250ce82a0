-- grain: the hints of a period's table go, for those of a later look
-- parameters: scheme, period, street_code
-- writes: table_hint
DELETE FROM table_hint WHERE scheme = :scheme AND period = :period AND street_code = :street_code
