"""The program of README.md runs as it stands there, its blocks in order, against real workers."""

import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

PAGE = Path(__file__).parent.parent / "README.md"


class Readme(unittest.TestCase):
    @unittest.skipUnless("CRM_AMQP_URL" in os.environ, "needs the stack: cargo xtask clients python")
    def test_its_blocks_run(self):
        blocks = re.findall(r"^```python\n(.*?)^```$", PAGE.read_text(encoding="utf-8"), re.S | re.M)
        self.assertEqual(len(blocks), 4)
        program = "\n".join(blocks)
        ran = subprocess.run(
            [sys.executable, "-"], input=program, capture_output=True, text=True, timeout=60,
        )
        self.assertEqual(ran.returncode, 0, ran.stderr)
        self.assertIn("let in: enrolled", ran.stdout)
        self.assertEqual(ran.stderr, "")


if __name__ == "__main__":
    unittest.main()
