-- grain: one move of an event, with its next running number
-- parameters: event_id, state, planned_date, held_date, expected, present, actor, reason, happened_at, sha256
-- writes: event_change
INSERT INTO event_change (
    event_id, sequence, state, planned_date, held_date, expected, present, actor, reason, happened_at, sha256
)
VALUES (
    :event_id,
    (SELECT COALESCE(MAX(earlier.sequence), 0) + 1 FROM event_change AS earlier WHERE earlier.event_id = :event_id),
    :state, :planned_date, :held_date, CAST(:expected AS INTEGER), CAST(:present AS INTEGER), :actor, :reason,
    :happened_at, CAST(:sha256 AS VARCHAR(64))
)
