-- grain: one row; waits until nobody else holds the lock of this number, which ends with the connection however that ends
-- parameters: turn, a whole number
-- writes: nothing
SELECT pg_advisory_lock(CAST(:turn AS BIGINT)) IS NULL AS waited
