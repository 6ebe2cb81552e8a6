import { browser } from "@web/core/browser/browser";
import { Interaction } from "@web/public/interaction";
import { registry } from "@web/core/registry";

/** Copies or shares the code for friends, where the browser can. */
export class LoyaltyCode extends Interaction {
    static selector = ".o_aftersales_code";
    dynamicContent = {
        ".o_aftersales_copy": {
            "t-att-hidden": () => !browser.navigator.clipboard,
            "t-on-click": this.onCopy,
        },
        ".o_aftersales_share": {
            "t-att-hidden": () => !browser.navigator.share,
            "t-on-click": this.onShare,
        },
        ".o_aftersales_copied": { "t-att-hidden": () => !this.isCopied },
    };

    setup() {
        this.isCopied = false;
    }

    async onCopy() {
        // A browser that asks first may be told no.
        const copying = browser.navigator.clipboard.writeText(this.el.dataset.code).then(
            () => true,
            () => false
        );
        this.isCopied = await this.waitFor(copying);
    }

    onShare() {
        // Who thinks better of it closes the window: that is no fault.
        browser.navigator.share({ text: this.el.dataset.invitation }).catch(() => {});
    }
}

registry.category("public.interactions").add("aftersales_loyalty.loyalty_code", LoyaltyCode);
