"""`./120 bench knowledge` on files of its own: figures that can be counted by hand, and no peer that is left out."""

from pathlib import Path

import pytest

from centre120.errors import CentreError
from centre120.store.database import Database
from ops.bench.knowledge import (
    ARTICLES,
    QUESTIONS,
    articles_of,
    bm25,
    fill,
    ours,
    questions_of,
    recall,
    trgm,
)

ROWS = """article,title,question,answer
A1,수도 요금 감면,수도 요금을 깎아 주나요?,수급자는 감면됩니다.
A1,수도 요금 감면,누가 감면받나요?,다자녀 가구도 됩니다.
A2,대형 폐기물 배출,장롱을 버리려면요?,스티커를 붙입니다.
A3,여권 발급,여권은 어디서 만드나요?,구청에서 합니다.
"""
ASKED = "question,article\n수도요금 감면 대상이 궁금해요,A1\n장롱 버리는 법,A2\n여권 만들려면,A3\n"


def test_recall_counts_places() -> None:
    ranking = {"one": ["a", "b"], "two": ["b", "a"], "none": []}.__getitem__
    figures = recall(ranking, [("one", "a"), ("two", "a"), ("none", "a")])
    assert (figures["recall@1"], figures["recall@5"], figures["mrr"]) == (0.3333, 0.6667, 0.5)


def test_each_ranking_finds_what_only_one_entry_says(fresh: Database, tmp_path: Path) -> None:
    (tmp_path / "articles.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "questions.csv").write_text(ASKED, encoding="utf-8")
    articles, asked = articles_of(tmp_path / "articles.csv"), questions_of(tmp_path / "questions.csv")
    assert articles[0].fields().questions == ("수도 요금을 깎아 주나요?", "누가 감면받나요?")
    fill(fresh, {article.code: article.fields() for article in articles})
    assert recall(ours(fresh), asked)["recall@1"] == 1.0
    assert recall(trgm(fresh), asked)["recall@5"] == 1.0


def test_the_peer_of_kiwipiepys_tokens_finds_it_too(tmp_path: Path) -> None:
    pytest.importorskip("kiwipiepy", reason="a peer of ./120 bench alone: 88 MB that have to be built")
    (tmp_path / "articles.csv").write_text(ROWS, encoding="utf-8")
    (tmp_path / "questions.csv").write_text(ASKED, encoding="utf-8")
    articles, asked = articles_of(tmp_path / "articles.csv"), questions_of(tmp_path / "questions.csv")
    ranking = bm25(articles)
    assert ranking is not None and recall(ranking, asked)["recall@1"] == 1.0


def test_no_question_that_is_asked_is_indexed() -> None:
    indexed = {question for article in articles_of(ARTICLES) for question, _ in article.rows}
    asked = questions_of(QUESTIONS)
    assert len(asked) == 1234 and not indexed & {question for question, _ in asked}


def test_file_without_the_columns_is_named(tmp_path: Path) -> None:
    (tmp_path / "wrong.csv").write_text("a,b\n1,2\n", encoding="utf-8")
    with pytest.raises(CentreError) as refused:
        articles_of(tmp_path / "wrong.csv")
    assert refused.value.code == "columns-missing" and "title" in refused.value.text
