-- grain: what was recorded of one bounce for one address, none where it is new
-- parameters: address (lower case), carrier (mail/bounce)
-- writes: nothing
SELECT id
FROM decision
WHERE kind IN ('address_disabled', 'mail_refused') AND field = :address AND value = :carrier
