-- Versions sort as semver has it by this text (`sort_key` in manifest/semver.py, which a test holds equal to this).
alter table integration_versions add column precedence text collate "C" not null default '';
alter table integrations add column current_precedence text collate "C";

update integration_versions v set precedence = n.precedence
from (
  select p.id,
    (select string_agg(lpad(length(x.number)::text, 3, '0') || x.number, '' order by x.at)
     from unnest(string_to_array(split_part(p.version, '-', 1), '.')) with ordinality as x(number, at))
    || case when strpos(p.version, '-') = 0 then '~' else (
      select string_agg(
        case when y.part ~ '^[0-9]+$' then '0' || lpad(length(y.part)::text, 3, '0') || y.part
          else '1' || y.part || '!' end, '' order by y.at)
      from unnest(string_to_array(substr(p.version, strpos(p.version, '-') + 1), '.')) with ordinality as y(part, at))
    end as precedence
  from (select id, split_part(version, '+', 1) as version from integration_versions) p
) n
where n.id = v.id;

update integrations i set current_precedence = v.precedence
from integration_versions v where v.id = i.current_version_id;
