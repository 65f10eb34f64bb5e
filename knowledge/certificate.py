"""What `hotline knowledge calibrate` shows."""

import dataclasses
import os
from pathlib import Path

from core import settings as settings_file
from core.console import EXIT_DONE, print_json, print_table
from knowledge import files, shelf
from knowledge.calibrate import Certificate


def show(folder: Path, as_json: bool) -> int:
    """Print the certificate of the entries in `folder`, calibrating if that has not been done."""
    settings = settings_file.load(os.environ)
    certificate = shelf.taken(files.load(folder), settings.paths.cache, folder).certificate
    if as_json:
        print_json(certificate and dataclasses.asdict(certificate))
    elif certificate is not None:
        _print(certificate)
    return EXIT_DONE


def _print(certificate: Certificate) -> None:
    rows = [
        ("直接回答,把握不低于", f"{certificate.answer_from:.3f}", f"目标正确率 {certificate.target.precision:.0%}"),
        ("金额、期限、处罚类", f"{certificate.exact_from:.3f}", f"目标正确率 {certificate.target.exact_precision:.0%}"),
        ("追问,把握不低于", f"{certificate.confirm_from:.3f}", f"两项之内 {certificate.target.confirm:.0%}"),
        ("直接回答的比例", f"{certificate.coverage:.1%}", "留一问法,一半带一成同音错字"),
        ("其中正确", f"{certificate.precision:.1%}", ""),
        ("追问且答案在内", f"{certificate.confirmed:.1%}", ""),
        ("不归我们答的被误答", f"{certificate.strangers:.1%}", f"上限 {certificate.target.strangers:.1%}(整类留出)"),
        ("留出整个条目后误答", f"{certificate.kin:.1%}", f"上限 {certificate.target.kin:.0%}(近亲条目仍在)"),
        ("试问次数", f"{certificate.n}", ""),
    ]
    print_table("合格证", ("项目", "数值", "说明"), rows)
    bands = [
        (f"{band.low:.2f}–{band.high:.2f}", band.n, f"{band.stated:.1%}", f"{band.right:.1%}")
        for band in certificate.curve
    ]
    print_table("把握与实际", ("把握", "次数", "平均把握", "实际正确"), bands)
