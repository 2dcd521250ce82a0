-- grain: the issued circular of a later revision of an assessment, none where it is the last that was issued
-- parameters: assessment_id
-- writes: nothing
SELECT circular.id
FROM assessment
JOIN assessment AS later
    ON
        later.scheme = assessment.scheme AND later.period = assessment.period
        AND later.street_code = assessment.street_code AND later.revision > assessment.revision
JOIN circular ON circular.assessment_id = later.id AND circular.state = 'issued'
WHERE assessment.id = :assessment_id
ORDER BY circular.id
LIMIT 1
