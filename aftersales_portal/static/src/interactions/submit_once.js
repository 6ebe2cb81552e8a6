import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Keeps an impatient tap from sending a form twice. */
export class SubmitOnce extends Interaction {
    static selector = "form.o_aftersales_once";
    dynamicContent = {
        _root: { "t-on-submit": this.onSubmit },
    };

    onSubmit() {
        const buttons = [...this.el.querySelectorAll("button[type=submit]")];
        buttons.forEach((button) => (button.disabled = true));
        // A way back to the page out of the browser's memory finds the buttons alive.
        this.addListener(window, "pageshow", () => buttons.forEach((button) => (button.disabled = false)));
    }
}

registry.category("public.interactions").add("aftersales_portal.submit_once", SubmitOnce);
