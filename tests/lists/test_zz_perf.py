import sys, time, json
import asyncpg
from graft import ids, clock
from graft.auth.caller import Caller, Tier
from graft.db.connection import set_codecs
from graft.listing import fetch_page, read_query
from graft.web.listing import Scope
from graft.entities.listing import LIST as E
from graft.entities.version_listing import VERSIONS
from graft.integrations.listing import LIST as I
from graft.versions.listing import LIST as V
from graft.installs.listing import LIST as N
from graft.solutions.listing import MEMBER_LIST as SM
from graft.ids import decode

async def test_perf(database_url, app_role):
    c = await asyncpg.connect(database_url); await set_codecs(c)
    now = clock.now()
    W = [ids.new_id() for _ in range(200)]
    await c.executemany("insert into workspaces (id, slug, name, created_at, updated_at) values ($1,$2,$2,$3,$3)", [(w,f"w{i}",now) for i,w in enumerate(W)])
    u = ids.new_id()
    await c.execute("insert into users(id,email,name,created_at,updated_at) values($1,'a','a',$2,$2)", u, now)
    # integrations: 20k public, with versions
    await c.execute("""insert into integrations (id, workspace_id, slug, name, publisher, manifest, variables_schema, auth_config, created_at, updated_at, current_version_id, current_version, visibility)
      select uuidv7(), ($1::uuid[])[1 + g % 200], 'i'||g, 'name '||g, 'p'||(g%50), '{}','{}','{}', $2,$2, uuidv7(), '1.0.0', case when g%3=0 then 'public' when g%3=1 then 'private' else 'unlisted' end from generate_series(1,20000) g""", W, now)
    await c.execute("insert into integration_versions select current_version_id, id, '1.0.0', '{}','{}','{}','{}',null,'[]','{}',false,null,$1 from integrations", now)
    await c.execute("insert into templates(digest, body, refs, variables) select sha256(g::text::bytea), '{\"a\":\"${variables.word}\"}', '{}', '{}' from generate_series(1,1000) g")
    await c.execute("""insert into version_members (version_id, slug, kind, entity_slug, name, role, template_id, source_entity_id, source_workspace_id, source_version_id, required, default_enabled, fork_on_install, depends_on)
      select v.current_version_id, 's'||g, 'function', 's'||g, 'n'||g, 'member', g, uuidv7(), v.workspace_id, uuidv7(), true,true,g%10<>0,'{}' from (select * from integrations order by id limit 20) v, generate_series(1,900) g""")
    # own entities: ws0 5000, others 1000
    await c.execute("""insert into entities(id, workspace_id, version_id, created_at, updated_at, kind, slug, name, definition, refs)
      select uuidv7(), w, uuidv7(), $2,$2,'function', 'e'||g, 'name '||g, '{"text": "hello world"}', '{}' from unnest($1::uuid[]) with ordinality x(w,n), generate_series(1,5000) g where n=1 or g<=500""", W, now)
    # installs: ws0 has 20 installs of 900 members (810 clones, 90 refs); ws 1..20 have 5
    for k in range(0, 30):
        await c.execute("""insert into installs(id, workspace_id, integration_id, version_id, variables, member_policy, allow_multiple, installed_at, updated_at)
           select uuidv7(), $1, id, current_version_id, '{"word":"x"}', 'auto_all', false, $2, $2 from (select * from integrations order by id limit $3) i""", W[k], now, 20 if k==0 else 3)
    await c.execute("""insert into install_members(id, install_id, workspace_id, base_id, added_at, slug)
      select uuidv7(), i.id, i.workspace_id, case when not v.fork_on_install then v.id end, $1, v.slug from installs i join version_members v on v.version_id=i.version_id""", now)
    await c.execute("""insert into entities(id, workspace_id, origin_install_id, base_id, version_id, created_at, updated_at, kind, slug, name)
      select m.id, m.workspace_id, m.install_id, v.id, uuidv7(), $1,$1, v.kind, v.entity_slug, v.name from install_members m join installs i on i.id=m.install_id join version_members v on v.version_id=i.version_id and v.slug=m.slug where m.base_id is null""", now)
    if "--noanalyze" not in sys.argv: await c.execute("analyze")
    print("entities", await c.fetchval("select count(*) from entities"), "members", await c.fetchval("select count(*) from install_members"))
    one = Caller(u, "secret", u, {W[0]: Tier.ADMIN})
    many = Caller(u, "session", u, {w: Tier.ADMIN for w in W[:10]})
    small = Caller(u, "secret", u, {W[5]: Tier.ADMIN})
    boss = Caller(u, "session", u, {}, True)
    async def run(tag, L, caller, pairs, options={}, explain=False, hop=True):
        box = {}
        async def fetch(text, *values):
            box["q"]=(text,values)
            return await c.fetch(text,*values)
        scope = Scope(caller, options)
        best=9e9
        for _ in range(4):
            t=time.perf_counter()
            page = await fetch_page(fetch, read_query(L.resource, pairs), scope, columns=L.columns(scope), joins=L.joins(scope), key=b"k", caller="x")
            best=min(best,time.perf_counter()-t)
        print(f"{tag:50s} {best*1000:8.2f} ms total={page.info.total} rows={len(page.rows)}")
        if explain:
            text, values = box["q"]
            for r in await c.fetch("explain (analyze, buffers off, costs on, summary on) "+text, *values): print("   ", r[0])
        return page
    L=[("limit","20")]
    for nm, cl in (("one",one),("small",small),("many",many),("boss",boss)):
        p=await run("entities "+nm, E, cl, L, explain=nm in("one",))
        if p.info.has_next_page: await run("entities after "+nm, E, cl, L+[("after",p.info.end_cursor)])
        await run("entities 100 "+nm, E, cl, [("limit","100")])
        await run("entities name "+nm, E, cl, L+[("name","name 44")])
        await run("entities order "+nm, E, cl, L+[("orderBy",'[{"name":"asc"}]')])
        await run("entities source=int "+nm, E, cl, L, {"source":"integration"})
        inst=await c.fetchval("select id from installs where workspace_id=$1 limit 1", W[0])
        await run("entities install "+nm, E, cl, L, {"integration_install_id":inst})
        await run("integrations "+nm, I, cl, L)
        await run("versions "+nm, V, cl, L)
        await run("versions exact"+nm, V, cl, L, {"integration_id":await c.fetchval("select id from integrations limit 1")})
        await run("installs "+nm, N, cl, L)
        await run("solmem "+nm, SM, cl, L)
        await run("int->installs "+nm, I, cl, L+[("filter",'{"installs":{"some":{"memberPolicy":"auto_all"}}}')])
        await run("int->!installs "+nm, I, cl, L+[("filter",'{"installs":{"none":{}}}')])
        await run("installs->members->entity "+nm, N, cl, L+[("filter",'{"members":{"some":{"entity":{"name":{"contains":"n1"}}}}}')])
        await run("entity->memberships "+nm, E, cl, L+[("filter",'{"memberships":{"some":{"isClone":true}}}')])
        await run("entity->versions "+nm, E, cl, L+[("filter",'{"versions":{"some":{"createdAt":{"gt":"2020-01-01T00:00:00Z"}}}}')])
    assert 0
