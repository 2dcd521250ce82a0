-- grain: one row an event that a unit holds in a period
-- parameters: scheme, series, period, unit_code
-- writes: nothing
SELECT
    event.id, event.scheme, event.series, event.unit_code, event.street_code, event.period, event.number,
    event.nominal_date, event.planned_date, event.is_moved, event.state, event.announced_at, event.reported_at,
    event.held_date, event.expected, event.present, event.sha256
FROM event
WHERE
    event.scheme = :scheme AND event.series = :series AND event.period = :period AND event.unit_code = :unit_code
ORDER BY event.number
