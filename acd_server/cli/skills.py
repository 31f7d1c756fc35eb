"""`acd skills`: the skills of a center."""

from typing import Annotated

import typer

from acd.v1.skill_pb2 import Skill
from acd_client import center_name, skill_name
from acd_server.cli._arguments import CenterId, DisplayName, SkillId
from acd_server.cli._output import Session, all_pages, operator

app = typer.Typer(no_args_is_help=True, help="Create, list and delete skills.")


@app.command()
@operator
async def create(session: Session, center: CenterId, skill: SkillId, display_name: DisplayName = None) -> None:
    """Create a skill."""
    reply = await session.client.skills.create_skill(
        parent=center_name(center), skill_id=skill, skill=Skill(display_name=display_name or "")
    )
    session.show(reply.skill)


@app.command("list")
@operator
async def list_(session: Session, center: CenterId) -> None:
    """List the skills of a center."""
    call = session.client.skills.list_skills
    page = await all_pages(lambda token: call(parent=center_name(center), page_size=1000, page_token=token))
    session.show_list(page, page.skills, ("name", "display_name", "deleting", "create_time"))


@app.command()
@operator
async def delete(
    session: Session,
    center: CenterId,
    skill: SkillId,
    force: Annotated[bool, typer.Option("--force", help="Even if waiting contacts require it: they stop to.")] = False,
) -> None:
    """Delete a skill; agents lose it in steps."""
    reply = await session.client.skills.delete_skill(name=skill_name(center, skill), force=force)
    session.show(reply.skill)
