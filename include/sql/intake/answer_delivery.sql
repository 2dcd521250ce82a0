-- grain: one arrival; touches no row where another drain has answered it already
-- parameters: id, status, unit_code, version, message, seconds, answered_at (the first answer's stays),
--   signed_off_period (stays, whatever a later answer is), scheme (that its form names; null leaves what is known)
-- writes: delivery
UPDATE delivery
SET
    status = :status,
    unit_code = CAST(:unit_code AS VARCHAR(12)),
    version = CAST(:version AS INTEGER),
    message = :message,
    seconds = CAST(:seconds AS NUMERIC(9, 3)),
    scheme = COALESCE(CAST(:scheme AS TEXT), scheme),
    answered_at = COALESCE(answered_at, :answered_at),
    signed_off_period = COALESCE(CAST(:signed_off_period AS TEXT), signed_off_period)
WHERE id = :id AND status = 'waiting'
