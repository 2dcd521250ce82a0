-- grain: one row; the lock of this number is free for the next
-- parameters: turn, a whole number
-- writes: nothing
SELECT pg_advisory_unlock(CAST(:turn AS BIGINT)) AS is_given_back
