-- grain: the last decision about one mail address, none where nobody ever decided
-- parameters: address (lower case)
-- writes: nothing
SELECT kind, reason
FROM decision
WHERE kind IN ('address_disabled', 'address_enabled') AND field = :address
ORDER BY sequence DESC
LIMIT 1
