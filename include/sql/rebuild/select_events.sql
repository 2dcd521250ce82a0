-- grain: one row an event that was planned by a moment, as it was then
-- parameters: as_of_at
-- writes: nothing
SELECT
    event.id, event.scheme, event.series, event.unit_code, event.street_code, event.period, event.number,
    event.nominal_date, event.is_moved, event.planned_at, event.announced_at, event.reported_at,
    event_change.state, event_change.planned_date, event_change.held_date, event_change.expected, event_change.present,
    event_change.sha256
FROM event
INNER JOIN event_change ON event_change.event_id = event.id
WHERE
    event_change.sequence = (
        SELECT MAX(known.sequence)
        FROM event_change AS known
        WHERE known.event_id = event.id AND known.happened_at <= :as_of_at
    )
ORDER BY event.id
