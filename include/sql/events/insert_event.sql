-- grain: one event that is planned; one that is planned already stays as it is
-- parameters: id, scheme, series, unit_code, street_code, period, number, nominal_date, planned_date, state, planned_at
-- writes: event
INSERT INTO event (
    id, scheme, series, unit_code, street_code, period, number, nominal_date, planned_date, is_moved, state, planned_at
)
VALUES (
    :id, :scheme, :series, :unit_code, :street_code, :period, :number, :nominal_date, :planned_date, FALSE, :state,
    :planned_at
)
ON CONFLICT (id) DO NOTHING
