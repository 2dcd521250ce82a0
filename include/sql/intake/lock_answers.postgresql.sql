-- grain: none; until the transaction ends no other drain records or answers
-- parameters: none
-- writes: nothing
SELECT pg_advisory_xact_lock(hashtext('duban.intake'))
