-- grain: one row, how often a sender was told between two moments that nothing could be taken in
-- parameters: recipient, from_at, to_at
-- writes: nothing
SELECT COUNT(*) AS how_many
FROM notice
WHERE
    state IN ('pending', 'sending', 'sent', 'failed', 'unknown') AND recipient = :recipient
    AND kind IN ('refused', 'rectification_unclear') AND due_at BETWEEN :from_at AND :to_at
