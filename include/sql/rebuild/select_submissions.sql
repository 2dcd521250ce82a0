-- grain: one hand-in answered by the moment (after sign-off: let in by a review by then), by period, unit and version
-- parameters: as_of_at
-- writes: nothing
SELECT submission.scheme, submission.form, submission.period, submission.unit_code, submission.version,
    submission.sha256, submission.scheme_version, submission.status, submission.received_at
FROM submission
WHERE EXISTS (
    SELECT 1
    FROM delivery
    WHERE delivery.sha256 = submission.sha256
        AND delivery.answered_at <= :as_of_at
        AND (
            delivery.signed_off_period IS NULL
            OR EXISTS (
                SELECT 1
                FROM decision
                WHERE decision.kind = 'review'
                    AND decision.scheme = submission.scheme
                    AND decision.period = submission.period
                    AND decision.unit_code = submission.unit_code
                    AND decision.decided_at <= :as_of_at
                    AND NOT EXISTS (
                        SELECT 1
                        FROM decision AS approval
                        JOIN circular ON circular.id = approval.field
                        JOIN assessment ON assessment.id = circular.assessment_id
                        WHERE approval.kind = 'approval'
                            AND approval.sequence > decision.sequence
                            AND approval.decided_at <= delivery.received_at
                            AND assessment.scheme = decision.scheme
                            AND assessment.period = decision.period
                            AND assessment.street_code IN (
                                SELECT unit.street_code FROM unit WHERE unit.code = submission.unit_code
                            )
                    )
            )
        )
)
ORDER BY submission.scheme, submission.form, submission.period, submission.unit_code, submission.version
