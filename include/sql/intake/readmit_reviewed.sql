-- grain: one arrival after sign-off for which a review was granted since that sign-off
-- parameters: none
-- writes: delivery (status)
UPDATE delivery
SET status = 'waiting'
WHERE
    status = 'returned' AND signed_off_period IS NOT NULL
    AND signed_off_period IN (SELECT review.period FROM decision AS review WHERE review.kind = 'review')
    AND EXISTS (
        SELECT 1
        FROM decision
        WHERE
            decision.period = delivery.signed_off_period
            AND decision.unit_code IN (delivery.unit_code, '')
            AND decision.kind = 'review'
            AND NOT EXISTS (
                SELECT 1
                FROM decision AS approval
                INNER JOIN circular ON circular.id = approval.field AND circular.state = 'issued'
                INNER JOIN assessment ON assessment.id = circular.assessment_id
                WHERE
                    approval.kind = 'approval'
                    AND approval.sequence > decision.sequence
                    AND assessment.scheme = decision.scheme
                    AND assessment.period = decision.period
                    AND assessment.street_code IN (SELECT unit.street_code FROM unit WHERE unit.code = delivery.unit_code)
            )
    )
    AND NOT EXISTS (SELECT 1 FROM submission WHERE submission.sha256 = delivery.sha256)
