-- grain: one row, the newest moment that anything of a period was recorded at; null where nothing was
-- parameters: scheme, period
-- writes: nothing
SELECT MAX(recorded_at) AS newest_at
FROM (
    SELECT MAX(decided_at) AS recorded_at FROM decision WHERE scheme = :scheme AND period = :period
    UNION ALL
    SELECT MAX(received_at) FROM submission WHERE scheme = :scheme AND period = :period
    UNION ALL
    SELECT MAX(assessed_at) FROM assessment WHERE scheme = :scheme AND period = :period
) AS recorded
