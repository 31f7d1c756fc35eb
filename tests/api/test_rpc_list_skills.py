from acd.v1.skill_service_pb2 import ListSkillsRequest
from tests.api.harness import Api, Bank


async def pages(bank: Bank, page_size: int) -> list[list[str]]:
    found, token = [], ""
    while True:
        request = ListSkillsRequest(parent=bank.name, page_size=page_size, page_token=token)
        response = await bank.api.skills.ListSkills(request)
        found.append([skill.name.removeprefix(f"{bank.name}/skills/") for skill in response.skills])
        token = response.next_page_token
        if not token:
            return found


async def test_no_skills(bank: Bank) -> None:
    assert await pages(bank, 0) == [[]]


async def test_125_skills_in_pages(bank: Bank) -> None:
    made = sorted(f"s-{i}" for i in range(125))
    await bank.skill(*reversed(made))
    by_default = await pages(bank, 0)
    assert [len(page) for page in by_default] == [50, 50, 25]
    assert [each for page in by_default for each in page] == made
    assert [len(page) for page in await pages(bank, 25)] == [25] * 5
    assert await pages(bank, 1001) == [made]


async def test_a_skill_that_is_being_deleted_is_listed_as_such(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    await bank.delete_skill("billing")
    skills = (await api.skills.ListSkills(ListSkillsRequest(parent=bank.name))).skills
    assert [skill.deleting for skill in skills] == [True, False]
    await bank.fire()
    assert await pages(bank, 0) == [["cards"]]


async def test_a_token_of_another_center(api: Api, bank: Bank) -> None:
    await bank.skill("billing", "cards")
    token = (await api.skills.ListSkills(ListSkillsRequest(parent=bank.name, page_size=1))).next_page_token
    request = ListSkillsRequest(parent="centers/other", page_token=token)
    await api.refused("PAGE_TOKEN_INVALID", api.skills.ListSkills, request)


async def test_a_center_that_does_not_exist(api: Api) -> None:
    await api.refused("RESOURCE_NOT_FOUND", api.skills.ListSkills, ListSkillsRequest(parent="centers/nowhere"))


async def test_bad_input(api: Api) -> None:
    request = ListSkillsRequest(parent="x", page_size=-1)
    refused = await api.refused("INVALID_FIELD", api.skills.ListSkills, request)
    assert refused.fields == ["parent", "page_size"]
