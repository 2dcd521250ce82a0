-- grain: one row; how many imports were ever recorded, and how many of them by the moment
-- parameters: as_of_at
-- writes: nothing
SELECT COUNT(*) AS ever, COALESCE(SUM(CASE WHEN imported_at <= :as_of_at THEN 1 ELSE 0 END), 0) AS by_then
FROM registry_import
