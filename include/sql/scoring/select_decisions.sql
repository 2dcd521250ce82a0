-- grain: one correction, extension or granted review of a unit of the street, decided by the moment, oldest first
-- parameters: scheme, period, first_street, last_street, on_date (the registry's day), as_of_at
-- writes: nothing
SELECT decision.id, decision.kind, decision.unit_code, decision.field, decision.value, decision.reason,
    decision.decided_by, decision.decided_at, decision.sequence
FROM decision
JOIN unit
    ON unit.code = decision.unit_code
    AND unit.valid_from <= :on_date
    AND (unit.valid_to IS NULL OR unit.valid_to >= :on_date)
WHERE decision.kind IN ('correction', 'extension', 'review')
    AND decision.scheme = :scheme
    AND decision.period = :period
    AND unit.street_code BETWEEN :first_street AND :last_street
    AND decision.decided_at <= :as_of_at
ORDER BY decision.sequence
