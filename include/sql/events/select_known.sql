-- grain: one row an event of some periods, as it was known at a moment
-- parameters: scheme, any_period (list), first_street, last_street, known_at
-- writes: nothing
SELECT
    event.id,
    event.series,
    event.unit_code,
    event.street_code,
    event.period,
    event.number,
    event.nominal_date,
    event.reported_at,
    event_change.state,
    event_change.planned_date,
    event_change.held_date,
    event_change.expected,
    event_change.present,
    event_change.sha256
FROM event
JOIN event_change ON event_change.event_id = event.id
WHERE
    event.scheme = :scheme
    AND event.period IN :any_period
    AND event.street_code BETWEEN :first_street AND :last_street
    AND event_change.sequence = (
        SELECT MAX(known.sequence)
        FROM event_change AS known
        WHERE known.event_id = event.id AND known.happened_at <= :known_at
    )
ORDER BY event.series, event.unit_code, event.period, event.number
