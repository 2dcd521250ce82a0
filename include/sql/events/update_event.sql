-- grain: one event as it stands from now on
-- parameters: id, nominal_date, planned_date, is_moved, state, announced_at, reported_at, held_date, expected, present, sha256
-- writes: event
UPDATE event
SET
    nominal_date = :nominal_date,
    planned_date = :planned_date,
    is_moved = :is_moved,
    state = :state,
    announced_at = :announced_at,
    reported_at = :reported_at,
    held_date = :held_date,
    expected = CAST(:expected AS INTEGER),
    present = CAST(:present AS INTEGER),
    sha256 = CAST(:sha256 AS VARCHAR(64))
WHERE id = :id
