-- grain: one revision of a street's period whose hash is of an older recipe; who comes second waits, and finds none
-- parameters: scheme, period, street_code, recipe
-- writes: assessment
UPDATE assessment
SET hash_recipe = :recipe
WHERE scheme = :scheme AND period = :period AND street_code = :street_code AND hash_recipe < :recipe
