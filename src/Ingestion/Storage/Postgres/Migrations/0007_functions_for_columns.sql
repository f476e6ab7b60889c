-- Generated columns may call only what depends on nothing but its arguments. Reading a time depends on settings of the session, unless the text says all of it.
CREATE FUNCTION ingestion.to_time(value text) RETURNS timestamptz LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $function$
BEGIN
  IF value LIKE '____-__-__T__:__:__%Z' THEN
    RETURN value::timestamptz;
  ELSIF value ~ '^\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d([.,]\d+)?)?)?$' THEN
    RETURN CASE WHEN length(value) = 10 THEN value || 'T00:00Z' ELSE value || 'Z' END::timestamptz;
  ELSIF value ~ '^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(:\d\d([.,]\d+)?)?(Z|[+-]\d\d(:?\d\d)?)$' THEN
    RETURN value::timestamptz;
  END IF;
  RAISE invalid_datetime_format USING MESSAGE = 'not an ISO 8601 time: "' || left(value, 40) || '"';
END
$function$;

COMMENT ON FUNCTION ingestion.to_time(text) IS 'an ISO 8601 time; one without an offset is UTC';

CREATE FUNCTION ingestion.last_numbers(list jsonb) RETURNS integer[] LANGUAGE plpgsql IMMUTABLE STRICT PARALLEL SAFE AS $function$
DECLARE
  numbers integer[] := '{}';
BEGIN
  FOR i IN 0 .. jsonb_array_length(list) - 1 LOOP
    numbers := numbers || reverse(split_part(reverse(list ->> i), '/', 1))::integer;
  END LOOP;
  RETURN numbers;
END
$function$;

COMMENT ON FUNCTION ingestion.last_numbers(jsonb) IS 'the numbers that the texts of an array end with, behind the last slash: {28} for ["https://…/episode/28"]';

CREATE FUNCTION ingestion.texts(list jsonb) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS
  $function$SELECT coalesce(array_agg(element), '{}') FROM jsonb_array_elements_text(list) AS element$function$;

COMMENT ON FUNCTION ingestion.texts(jsonb) IS 'the elements of an array as text';

COMMENT ON COLUMN ingestion.outcomes.resolved_at IS 'of a failure: when a later run ingested the item or learnt that there is none';
