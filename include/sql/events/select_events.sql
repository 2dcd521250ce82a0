-- grain: one row an event of a series in a period, of who is in the streets from one code to another
-- parameters: scheme, series, period, first_street, last_street
-- writes: nothing
SELECT
    event.id, event.scheme, event.series, event.unit_code, event.street_code, event.period, event.number,
    event.nominal_date, event.planned_date, event.is_moved, event.state, event.announced_at, event.reported_at,
    event.held_date, event.expected, event.present, event.sha256
FROM event
WHERE
    event.scheme = :scheme
    AND event.series = :series
    AND event.period = :period
    AND event.street_code BETWEEN :first_street AND :last_street
ORDER BY event.unit_code, event.number
