import sys; sys.path.insert(0,"/work/main/tests/lists")
from lists_scene import scene
from support.world import running
import json
async def test_probe(database_url, app_role):
    async with running(database_url, app_role) as w:
        s = await scene(w)
        async def show(c, p, **q):
            r = await c.get(p, **q)
            print("\n==", p, q, r.status, r.statements)
            print(json.dumps(r.json, indent=1)[:3500])
        for p in ["/api/entities","/api/integration-versions","/api/integration-installs","/api/solutions","/api/solution-members","/api/integration-reviews","/api/integrations"]:
            await show(s.beta, p)
        await show(s.beta, f"/api/integration-versions", integration_id=s.demo["id"])
        await show(s.beta, f"/api/entities/{s.shown['id']}/versions")
        r = await s.beta.get("/api/solution-members")
        await show(s.beta, f"/api/entities/{r.json['data'][0]['entityId']}/versions")
        await show(s.alpha, f"/api/entities/{s.shown['id']}/versions")
        await show(s.beta, "/api/entities", source="x", integration_install_id="y", limit="z")
        assert 0
